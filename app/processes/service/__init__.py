"""Use cases of processes: publishing a bundle, judging answers, running instances."""
