"""JupyterLab on a study: working copies of the notebooks, and a panel that makes one report and shows it."""
