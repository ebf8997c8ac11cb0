-- The matrix feature x phone x transport of docs/callmanager.md: each cell is tried with a real node, and the page must say what was seen.
-- With SOJOURN_WRITE_MATRIX=1 the page is written anew. matrix.lua says how a row is added.
local lab = require "lab"
local matrix = require "matrix"
local visitor = require "matrix_visitor"

matrix.begin { cluster = lab.cluster { id = "HQ" }, visitor = visitor.column }

lab.step("a node with a phone of each kind on each transport, and those with whom they speak", matrix.start)

matrix.compare(matrix.try())
