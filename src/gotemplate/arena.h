#pragma once

// Memory for what lives together: the temporaries of one execution (strings and objects that
// functions make), or a compiled program. Everything lives until the arena is rewound to before it,
// or destroyed; nothing moves. Written by one thread.

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
  // Without memory until something is allocated.
  Arena() = default;
  // Uses those bytes first, which outlive it.
  explicit Arena(std::span<char> first)
      : first_size_(4 * first.size()), next_(first.data()), left_(first.size()) {}
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

  // Bytes handed out and not taken back, kept strings included.
  std::size_t used() const { return used_; }

  // A point to go back to.
  struct Mark {
    char* next;
    std::size_t left, used, blocks, large, destructors;
  };
  Mark Here() const {
    return {next_, left_, used_, blocks_in_use_, large_.size(), destructors_.size()};
  }
  // Takes back all that was handed out since. Blocks stay, for what comes next.
  void Rewind(const Mark& mark);

 private:
  struct Destructor {
    void* object;
    void (*destroy)(void*);
  };
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  static constexpr std::size_t kLargestBlock = std::size_t{256} << 10;

  void* AllocateSlow(std::size_t size);
  void DestroyFrom(std::size_t first);

  std::size_t first_size_ = 512;  // Of the first block.
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t used_ = 0;
  std::vector<Block> blocks_;  // Each twice as large as the one before it, up to the largest.
  std::size_t blocks_in_use_ = 0;
  std::vector<std::unique_ptr<char[]>> large_;
  std::vector<Destructor> destructors_;
};

}  // namespace tocsin::gotemplate
