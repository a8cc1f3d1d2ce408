// Threads that share work for the length of one call.
#pragma once

#include <cstddef>
#include <future>
#include <system_error>
#include <vector>

namespace laminet {

// Calls work() on `count` threads at the same time, of which this is one; on fewer where no more are to be had.
template <class Work>
void on_threads(std::size_t count, const Work& work) {
  std::vector<std::future<void>> others;
  for (std::size_t rank = 1; rank < count; ++rank) {
    try {
      others.push_back(std::async(std::launch::async, std::cref(work)));
    } catch (const std::system_error&) {
      break;
    }
  }
  work();
  for (auto& other : others) other.get();
}

}  // namespace laminet
