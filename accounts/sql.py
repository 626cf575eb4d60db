"""The guard of the audit log and its chain inside PostgreSQL: rows may be added, not changed or deleted.

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

LINKS_APPEND_ONLY = """
CREATE FUNCTION accounts_auditlink_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'accounts_auditlink is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER accounts_auditlink_append_only
    BEFORE UPDATE OR DELETE ON accounts_auditlink
    FOR EACH ROW EXECUTE FUNCTION accounts_auditlink_refuse();
"""

LINKS_APPEND_ONLY_REVERSE = """
DROP TRIGGER accounts_auditlink_append_only ON accounts_auditlink;
DROP FUNCTION accounts_auditlink_refuse();
"""
