-- siptrail 28: calls at a time, each once however many sensors saw it.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- As 23 had it, before 26 wrote the function anew.
DO $$
DECLARE
    source text := pg_get_functiondef('concurrent_calls(timestamptz, timestamptz, inet)'::regprocedure);
    changed text := replace(source, 'AND over_at > first_at AND address IS NULL',
        'AND over_at > first_at AND address IS NULL
        AND NOT EXISTS (SELECT FROM siptrail.group_links l WHERE l.group_key = s.group_key)');
BEGIN
    IF changed = source THEN
        RAISE EXCEPTION 'concurrent_calls() is not as it was';
    END IF;
    EXECUTE changed;
END $$;

INSERT INTO schema_version (version, name) VALUES (28, '0028_sighted');
COMMIT;
