"""Data: tables in, arrays out.

In the order the data passes:

    memory     how much a machine bears
    decoding   the bytes of a text file -> UTF-8
    cells      text cells -> numbers, truth values, dates
    delimited  CSV and its relatives -> frame
    arrays     NPZ files and (X, y) pairs -> frame
    tables     any file -> frame
    builtin    the built-in sets -> frame
    columns    one column -> numbers or texts, with its defects named
    kinds      classes or numbers? The rule for a target
    table      any source -> Table: a checked frame with its target
    splits     rows -> training, validation and test part
    codings    one column -> how it is coded (and records: JSON read back, checked)
    encoding   Table -> arrays of inputs and targets, and back
    scores     predictions -> accuracy, R² and the like

Nothing is imported here, so that `import clearprop.data` stays cheap.
"""
