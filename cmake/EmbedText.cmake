# Run as a script while the project is built:
#
#   cmake -DINPUT=FILE -DOUTPUT=FILE.inc -P EmbedText.cmake
#
# Writes a text as the raw string literals that a C++ file includes. Compilers
# need not take a literal of more than 65536 characters, so there are several;
# neighbouring literals are one. No line may have more than 8000.

file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
set(literals "")
set(begin 0)
while(begin LESS length)
  string(SUBSTRING "${text}" ${begin} 8000 piece)
  # Not inside a character, which may have several bytes.
  string(FIND "${piece}" "\n" last REVERSE)
  math(EXPR size "${last} + 1")
  string(SUBSTRING "${text}" ${begin} ${size} piece)
  string(APPEND literals "R\"treadle(${piece})treadle\"\n")
  math(EXPR begin "${begin} + ${size}")
endwhile()
file(WRITE "${OUTPUT}" "${literals}")
