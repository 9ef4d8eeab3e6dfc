"""A played business day of a service company: records and samples as its applications would send them."""
