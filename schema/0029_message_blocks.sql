-- siptrail 29: the messages of a call by their blocks.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- Blocks and texts are joined, so that a call's key alone leaves all their days
-- to be planned for; a block's key names the day.
DO $$
DECLARE
    source text := pg_get_viewdef('messages'::regclass);
    changed text := replace(source, 'AS outer_dst_ip', 'AS outer_dst_ip, p.block_key');
BEGIN
    IF changed = source THEN
        RAISE EXCEPTION 'the view messages is not as it was';
    END IF;
    EXECUTE 'CREATE OR REPLACE VIEW messages AS ' || changed;
END $$;
COMMENT ON COLUMN messages.block_key IS 'Block that holds it: where parts tells it, block_key = ''...'' beside call_key reads one day';

INSERT INTO schema_version (version, name) VALUES (29, '0029_message_blocks');
COMMIT;
