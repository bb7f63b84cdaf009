#pragma once

// Alerts that are written together, as one row's bytes: each as its difference from the one before,
// since most share all names and many values with it. Pure.

#include "base/byte_codec.h"
#include "model/alert.h"
#include "model/label_set.h"
#include "router/decision.h"
#include "router/state_change.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::storage {

// Times are nanoseconds since the epoch here.
struct PackedTimes {
  std::int64_t starts_at = 0, ends_at = 0, updated_at = 0;
};

class AlertPackWriter {
 public:
  void Add(router::AlertId id, std::int64_t ends_after, model::AlertPtr alert,
           std::span<const router::GroupId> groups);
  std::size_t count() const { return count_; }
  // Of what was added.
  std::size_t bytes() const { return out_.size(); }
  // The pack, empty if nothing was added; the next Add begins another.
  std::string Take();

 private:
  void PutLabels(const model::LabelSet& labels, const model::LabelSet& last, bool same_names);

  std::string out_;
  std::size_t count_ = 0;
  // Of the alert before.
  std::uint64_t last_id_ = 0, last_group_ = 0;
  PackedTimes last_times_;
  model::AlertPtr last_;
};

// Reads a pack from the front; the bytes outlive it.
class AlertPackReader {
 public:
  // What the last Next read.
  struct Entry {
    router::AlertId id{};
    std::int64_t ends_after = 0;
    bool timeout = false;
    PackedTimes times;
    std::vector<model::Label> labels, annotations;  // Sorted by name.
    std::string_view generator_url;
    std::vector<router::GroupId> groups;

    model::Alert ToAlert() const;
  };

  explicit AlertPackReader(std::string_view bytes);
  // False at the end, and where the bytes are no pack.
  bool Next();
  const Entry& entry() const { return entry_; }
  // Everything was read and made sense.
  bool finished() const { return bytes_.finished(); }

 private:
  void ReadLabels(std::vector<model::Label>* labels, bool same_names);
  void ReadPacked();
  void ReadSingle();

  ByteReader bytes_;
  bool single_ = false;
  Entry entry_;
  std::uint64_t last_id_ = 0, last_group_ = 0;
};

}  // namespace tocsin::storage
