"""What training takes, whatever the technique: trainer, schedules, averaging, Muon, runs on disk, data."""
