"""The study: every statement of the paper, and the controls it lacks, as experiments that end in verdicts."""
