"""Pull requests: changes by people who may not write, reviewed and merged by those who may."""
