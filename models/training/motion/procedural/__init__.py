"""The procedural generator: motions made by formulas and inverse kinematics, with exact words and
contacts.
"""
