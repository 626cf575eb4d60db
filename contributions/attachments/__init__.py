"""What people show in their comments: pictures, films and sounds."""
