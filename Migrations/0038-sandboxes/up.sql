-- Whether a program's payments are played, as its contents say from its first version on: no network is told of its
-- cards.
ALTER TABLE programs ADD COLUMN sandbox boolean NOT NULL DEFAULT false;
