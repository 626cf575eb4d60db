"""The guard of the audit log and its chain inside PostgreSQL: rows may be added, not changed or deleted.

TRUNCATE is not stopped by a row trigger; the test database is emptied that way.
"""

REFUSE = """
CREATE FUNCTION accounts_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""
REFUSE_REVERSE = "DROP FUNCTION accounts_append_only();"


def guard(table: str) -> str:
    """Have changes to a table refused; REFUSE comes before."""
    return f"""
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION accounts_append_only();
    """


def unguard(table: str) -> str:
    """Take a guard back."""
    return f"DROP TRIGGER {table}_append_only ON {table};"
