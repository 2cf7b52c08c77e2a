"""Finds in `gateway_config/` what the laptop cannot run and what AWS would refuse.

It shows form, not acceptance: nothing here asks AWS. Each rule says what it rests on: the service's model as botocore
has it, AWS's documentation as read on a day, or our own hop table.
"""
