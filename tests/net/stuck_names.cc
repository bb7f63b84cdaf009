#include "tests/net/stuck_names.h"

#include <chrono>
#include <condition_variable>
#include <dlfcn.h>
#include <mutex>
#include <netdb.h>
#include <string_view>

namespace tocsin::net {
namespace {

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  bool sticky = false;
  int stuck = 0;
};

State& TheState() {
  static State* const state = new State;  // Threads that are left to themselves may use it late.
  return *state;
}

bool StayIfStuck(std::string_view name) {
  if (!name.ends_with(".stuck.test")) return false;
  State& state = TheState();
  std::unique_lock lock(state.mutex);
  ++state.stuck;
  state.changed.notify_all();
  // Not for ever: a test whose subject waits for it is to fail, not to hang.
  state.changed.wait_for(lock, std::chrono::seconds(40), [&] { return !state.sticky; });
  --state.stuck;
  state.changed.notify_all();
  return true;
}

}  // namespace

StuckNames::StuckNames() {
  const std::lock_guard lock(TheState().mutex);
  TheState().sticky = true;
}

StuckNames::~StuckNames() {
  State& state = TheState();
  std::unique_lock lock(state.mutex);
  state.sticky = false;
  state.changed.notify_all();
  state.changed.wait(lock, [&] { return state.stuck == 0; });
}

bool StuckNames::WaitForStuck(int count) const {
  State& state = TheState();
  std::unique_lock lock(state.mutex);
  return state.changed.wait_for(lock, std::chrono::seconds(20),
                                [&] { return state.stuck >= count; });
}

}  // namespace tocsin::net

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** list) {
  if (name != nullptr && tocsin::net::StayIfStuck(name)) return EAI_AGAIN;
  static const auto system =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return system(name, service, hints, list);
}
