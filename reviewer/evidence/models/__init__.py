"""The model is the code: slices of C functions as litmus tests.

``trace`` follows the paths of a function and writes down what touches shared memory or orders;
``shapes`` finds what two such traces forbid together; ``pairs`` asks the simulator.
"""
