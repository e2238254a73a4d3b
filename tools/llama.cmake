# Read by CMake inside of llama.cpp's own project: leave out what only its command-line tools use, half of the compiling.
set(LLAMA_BUILD_COMMON OFF)
