"""Telling people what happens in what concerns them: on the web, by mail, as feeds."""
