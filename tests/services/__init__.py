"""Services: the real programs that tests run against, each started on first use and stopped at the end."""
