"""The audit log's guard inside PostgreSQL: rows may be added, not changed or deleted, whoever asks.

TRUNCATE is not stopped by a row trigger; the test database is emptied that way.
"""

AUDIT_APPEND_ONLY = """
CREATE FUNCTION accounts_auditevent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'accounts_auditevent is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER accounts_auditevent_append_only
    BEFORE UPDATE OR DELETE ON accounts_auditevent
    FOR EACH ROW EXECUTE FUNCTION accounts_auditevent_refuse();
"""

AUDIT_APPEND_ONLY_REVERSE = """
DROP TRIGGER accounts_auditevent_append_only ON accounts_auditevent;
DROP FUNCTION accounts_auditevent_refuse();
"""
