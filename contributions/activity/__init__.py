"""What happened, as everybody may follow it: by repository, by organisation, and by person."""
