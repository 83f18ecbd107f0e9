"""The uniform numbers of many seeds, as NumPy's default generators draw them, bit for bit.

A seed is spread over 128 bits by hashing (NumPy's SeedSequence, after O'Neill 2015, "Developing a
seed_seq alternative"), and a linear congruential generator of 128 bits goes on from there (PCG64:
O'Neill 2014, PCG, section 6.3, XSL RR 128/64). All is done in 64 bits without sign, which wrap
around; numbers of 32 bits are kept below 2^32 by a mask, those of 128 bits as two halves.
"""

import numpy as np

from clearprop.engine.kernels.marks import entry, kernel

WORD = np.uint64(0xFFFFFFFF)
SHIFT_16, SHIFT_32 = np.uint64(16), np.uint64(32)
FIRST_A, FACTOR_A = np.uint64(0x43B0D7E5), np.uint64(0x931E8875)
FIRST_B, FACTOR_B = np.uint64(0x8B51F9DD), np.uint64(0x58F38DED)
MIX_LEFT, MIX_RIGHT = np.uint64(0xCA01F9DD), np.uint64(0x4973F715)
FACTOR_HIGH, FACTOR_LOW = np.uint64(0x2360ED051FC65DA4), np.uint64(0x4385DF649FCCF645)
ZERO, ONE = np.uint64(0), np.uint64(1)


@kernel
def folded(value):
    """Return 32 bits, their upper half mixed into the lower."""
    value = value & WORD
    return value ^ (value >> SHIFT_16)


@kernel
def spread_seed(seed, pool, words):
    """Fill `words` with the 8 numbers of 32 bits that a seed below 2^32 gives."""
    constant = FIRST_A
    for i in range(4):
        value = (seed if i == 0 else ZERO) ^ constant
        constant = (constant * FACTOR_A) & WORD
        pool[i] = folded(value * constant)
    for source in range(4):
        for target in range(4):
            if source != target:
                value = pool[source] ^ constant
                constant = (constant * FACTOR_A) & WORD
                value = folded(value * constant)
                pool[target] = folded(MIX_LEFT * pool[target] - MIX_RIGHT * value)
    constant = FIRST_B
    for i in range(8):
        value = pool[i & 3] ^ constant
        constant = (constant * FACTOR_B) & WORD
        words[i] = folded(value * constant)


@kernel
def upper_half(a, b):
    """Return the upper 64 bits of the product of two numbers of 64."""
    a_high, a_low, b_high, b_low = a >> SHIFT_32, a & WORD, b >> SHIFT_32, b & WORD
    middle = a_high * b_low + ((a_low * b_low) >> SHIFT_32)
    other = a_low * b_high + (middle & WORD)
    return a_high * b_high + (middle >> SHIFT_32) + (other >> SHIFT_32)


@kernel
def stepped(high, low, step_high, step_low):
    """Return state · factor + step, in two halves of 64 bits."""
    top = upper_half(low, FACTOR_LOW) + high * FACTOR_LOW + low * FACTOR_HIGH
    bottom = low * FACTOR_LOW
    total = bottom + step_low
    carried = ONE if total < bottom else ZERO
    return top + step_high + carried, total


@entry
def run(seeds, uniform):
    """Fill each row with the uniform numbers from 0 to 1 of a seed."""
    pool, words = np.empty(4, np.uint64), np.empty(8, np.uint64)
    for row in range(seeds.shape[0]):
        spread_seed(seeds[row], pool, words)
        start_high, start_low = words[0] | words[1] << SHIFT_32, words[2] | words[3] << SHIFT_32
        step_high, step_low = words[4] | words[5] << SHIFT_32, words[6] | words[7] << SHIFT_32
        step_high = step_high << ONE | step_low >> np.uint64(63)
        step_low = step_low << ONE | ONE
        # from 0: a step, the start added, and another step
        low = step_low + start_low
        high = step_high + start_high + (ONE if low < step_low else ZERO)
        high, low = stepped(high, low, step_high, step_low)
        for i in range(uniform.shape[1]):
            high, low = stepped(high, low, step_high, step_low)
            mixed, turn = high ^ low, high >> np.uint64(58)
            bits = mixed >> turn | mixed << ((ZERO - turn) & np.uint64(63))
            uniform[row, i] = np.float64(bits >> np.uint64(11)) * 2.0**-53
