// A few threads that do the same small piece of work again and again: they wait by spinning, since a step of a
// training is shorter than waking a sleeping thread.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace laminet {

class Team {
 public:
  explicit Team(int size) : size_(size) {
    try {
      for (int rank = 1; rank < size; ++rank) workers.emplace_back([this, rank] { serve(rank); });
    } catch (...) {  // the system has no more threads to give; those begun must end before they are destroyed
      dismiss();
      throw;
    }
  }

  ~Team() { dismiss(); }

  // Calls work(rank) for every rank, each on its own thread, and returns when all are done.
  void run(const std::function<void(int)>& work) {
    if (size_ == 1) return work(0);
    job = &work;
    waiting.store(size_ - 1, std::memory_order_relaxed);
    round.fetch_add(1, std::memory_order_release);
    work(0);
    for (int spins = 0; waiting.load(std::memory_order_acquire) > 0; ++spins) pause(spins);
  }

 private:
  void dismiss() {
    stop = true;
    round.fetch_add(1, std::memory_order_release);
    for (auto& worker : workers) worker.join();
  }

  static void pause(int spins) {
    if (spins > 4096) std::this_thread::yield();
  }

  void serve(int rank) {
    for (unsigned seen = 0;;) {
      for (int spins = 0; round.load(std::memory_order_acquire) == seen; ++spins) pause(spins);
      ++seen;
      if (stop) return;
      (*job)(rank);
      waiting.fetch_sub(1, std::memory_order_release);
    }
  }

  int size_;
  std::atomic<bool> stop{false};
  std::atomic<unsigned> round{0};
  std::atomic<int> waiting{0};
  const std::function<void(int)>* job = nullptr;
  std::vector<std::thread> workers;
};

}  // namespace laminet
