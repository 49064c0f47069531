"""Evaluator objectivity: the ladder of evidence first."""
