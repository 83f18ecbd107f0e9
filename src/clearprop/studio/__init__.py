"""The studio: a web application in which one step is worked, a network trained, a solution checked.

    serving    a server on this machine           app        its routes and pages
    guard      who may ask                        talking    one connection: asks, answers, frames
    sessions   what a tab of the browser has      answers    the table: which function answers what

The modules of the browser lie in `static/`; what they show comes from the renderers below.
"""
