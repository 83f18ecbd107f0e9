"""The studio: a web application in which one step is worked, a network trained, a solution checked.

What the browser asks is answered by functions of what is asked, listed in `answers`; its modules
lie in `static/`, and what they show comes from the renderers below.

    the server      serving -> app -> guard -> talking
    a notebook      notebook -> widget -> bundle
    between         opening, sessions, showing, asking, wording
    Step            step_answers: lesson_edits, lesson_shape, lesson_parts
    Train           train_answers: choices, features, uploads, recorded -> trainer -> pictures,
                    frames, panel
    Check           check_answers: check_page, examples; sheet_answers: sheet_page
"""
