#pragma once

// Bounds how many pieces of work of a kind are under way at a time, whatever threads they move
// through. Who finds no place waits, in the order of arrival. Safe from any thread.

#include <cstddef>
#include <functional>
#include <memory>

namespace tocsin {

class Lane {
 public:
  // Given back when the last copy goes away; the lane itself may be gone before.
  using Place = std::shared_ptr<const void>;
  using Begin = std::function<void(Place)>;

  // `waiting_max` bounds those without a place.
  Lane(int places, std::size_t waiting_max);
  ~Lane() { Close(); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Calls `begin` when there is a place: inside the call, or later on the thread that gives one
  // back; it must not take long. False, and `begin` is destroyed, if too many wait or the lane is
  // closed.
  [[nodiscard]] bool TryEnter(Begin begin);

  // Destroys what waits, without calling it. Idempotent.
  void Close();

 private:
  struct State;

  const std::shared_ptr<State> state_;
};

}  // namespace tocsin
