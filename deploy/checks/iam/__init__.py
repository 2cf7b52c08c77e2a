"""What IAM would answer: the evaluation that AWS documents, over the policies of the templates.

documents    policy documents, read strictly: an element that is not known is an error, never an allowance
matching     wildcards of actions and resources, policy variables
conditions   condition operators, their set prefixes and what a missing key means
evaluation   service control policies, boundary, identity policy, in this order; an explicit deny always wins
templates    roles, boundaries and service control policies of the templates, with names for what AWS will name
table        the decisions that are written down, and whether they hold
"""
