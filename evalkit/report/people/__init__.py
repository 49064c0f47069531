"""Pages without a kernel: the employee's own page, the evaluator's mirror, "how you are evaluated"."""
