"""The stores that keep and hand out jobs, one package each."""
