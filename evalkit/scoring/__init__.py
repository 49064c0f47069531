"""From appraisals and ratings to scores."""
