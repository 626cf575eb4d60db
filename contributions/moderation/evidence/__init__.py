"""What a moderator has to see of a file, a repository or a person in order to decide; reads, and no writes.

Nothing here knows of cases. Bytes of hostile files are only ever told as numbers and words.
"""
