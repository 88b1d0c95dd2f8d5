-- Every process asks every five seconds which versions of programs are new.
CREATE INDEX program_versions_by_time ON program_versions (created_at);
