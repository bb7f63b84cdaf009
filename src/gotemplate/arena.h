#pragma once

// Memory for the temporaries of one execution: strings and objects that functions make. Everything
// lives until the arena is destroyed; nothing moves. Belongs to one execution on one thread.

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tocsin::gotemplate {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  void* Allocate(std::size_t size, std::size_t alignment);
  // A copy whose view stays valid as long as the arena.
  std::string_view Copy(std::string_view text);
  // The same for a string that the caller no longer needs: a long one is moved, not copied.
  std::string_view Keep(std::string&& text);

  // `count` value-initialised elements of a trivially destructible type.
  template <class T>
  std::span<T> Array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* first = static_cast<T*>(Allocate(sizeof(T) * count, alignof(T)));
    for (std::size_t i = 0; i < count; ++i) new (first + i) T();
    return {first, count};
  }

  // Constructs a T that is destroyed with the arena.
  template <class T, class... Args>
  T* New(Args&&... args) {
    void* place = Allocate(sizeof(T), alignof(T));
    T* object = new (place) T(std::forward<Args>(args)...);
    if constexpr (!std::is_trivially_destructible_v<T>) {
      destructors_.push_back({object, [](void* p) { static_cast<T*>(p)->~T(); }});
    }
    return object;
  }

  // Bytes handed out so far, kept strings included.
  std::size_t used() const { return used_; }

 private:
  struct Destructor {
    void* object;
    void (*destroy)(void*);
  };
  static constexpr std::size_t kFirstBlock = 1024;

  void* AllocateSlow(std::size_t size, std::size_t alignment);

  alignas(std::max_align_t) char first_block_[kFirstBlock];
  char* next_ = first_block_;
  std::size_t left_ = kFirstBlock;
  std::size_t used_ = 0;
  std::size_t next_block_ = 4 * kFirstBlock;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::vector<Destructor> destructors_;
};

}  // namespace tocsin::gotemplate
