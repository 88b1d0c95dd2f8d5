-- Answers that changed a PIN at the chip were kept, for a while, with the script that has the new PIN enciphered. No PIN
-- outlives its request: the script goes, and a repeat is told what stands before it. It is a template (71 or 72) with one
-- command (86), PIN CHANGE/UNBLOCK with a new PIN (84 24 00 02).
UPDATE journal SET chip_data = substring(chip_data FOR position('\x84240002'::bytea IN chip_data) - 5)
WHERE position('\x84240002'::bytea IN chip_data) > 4
    AND get_byte(chip_data, greatest(position('\x84240002'::bytea IN chip_data) - 5, 0)) IN (113, 114)
    AND get_byte(chip_data, greatest(position('\x84240002'::bytea IN chip_data) - 3, 0)) = 134;

UPDATE network_keys SET chip_data = substring(chip_data FOR position('\x84240002'::bytea IN chip_data) - 5)
WHERE position('\x84240002'::bytea IN chip_data) > 4
    AND get_byte(chip_data, greatest(position('\x84240002'::bytea IN chip_data) - 5, 0)) IN (113, 114)
    AND get_byte(chip_data, greatest(position('\x84240002'::bytea IN chip_data) - 3, 0)) = 134;
