// No exception leaves a shim function: the message goes to `error`, a buffer of `capacity` bytes, and the answer is 1.
#pragma once
#include <cstdio>
#include <exception>

template <typename F> int guarded(char *error, size_t capacity, F run) {
  try {
    run();
    return 0;
  } catch (const std::exception &e) {
    std::snprintf(error, capacity, "%s", e.what());
  } catch (...) {
    std::snprintf(error, capacity, "an exception that is no std::exception");
  }
  return 1;
}
