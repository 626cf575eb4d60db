from accounts.roles import Role, at_least, roles_including


def test_roles_are_ordered_from_read_to_admin():
    assert Role.values == ["read", "contribute", "write", "admin"]
    assert at_least("admin", "read")
    assert at_least("write", "write")
    assert not at_least("contribute", "write")


def test_no_role_includes_nothing():
    assert not at_least(None, "read")


def test_the_roles_that_include_write():
    assert roles_including("write") == ["write", "admin"]
