-- What networks were told. Their tables of codes change; what was sent does not, and a repeat gets the same.

-- ISO 8583 element 39, and how the merchant may go on after a decline. Null where no network asked, and in older rows.
ALTER TABLE journal ADD COLUMN response_code text, ADD COLUMN advice_code text;
ALTER TABLE unrouted_journal ADD COLUMN response_code text, ADD COLUMN advice_code text;
ALTER TABLE network_keys ADD COLUMN response_code text, ADD COLUMN advice_code text;
