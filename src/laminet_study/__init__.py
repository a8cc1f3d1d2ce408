"""The study: from a configuration to its runs, from run files to datasets, figures and claims."""
