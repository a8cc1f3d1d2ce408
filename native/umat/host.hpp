// How a UMAT may end the program that calls it, and what it says before.
#pragma once

#include <csetjmp>
#include <string>

namespace laminet::host {

// A call of a UMAT on this thread. All members are trivial: XIT jumps out of the call, past destructors.
struct Call {
  std::jmp_buf back;
  const char* name;  // of the UMAT, for messages
};

// The present call of this thread, null where there is none.
extern thread_local Call* present;

// What the UMAT said last on this thread, by STDB_ABQERR.
std::string& said();

}  // namespace laminet::host
