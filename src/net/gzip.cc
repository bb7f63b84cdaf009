#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace tocsin::net {
namespace {

constexpr std::size_t kStep = 64 * 1024;
constexpr int kGzipWithTheLargestWindow = 16 + MAX_WBITS;

class Inflater {
 public:
  Inflater() { good_ = inflateInit2(&stream_, kGzipWithTheLargestWindow) == Z_OK; }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool good() const { return good_; }
  z_stream* operator->() { return &stream_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
  bool good_ = false;
};

}  // namespace

Result<std::string> Gunzip(std::string_view bytes, std::size_t bytes_max) {
  Inflater inflater;
  if (!inflater.good()) return Fail("no memory for gzip");
  std::string text;
  int code = Z_OK;
  while (text.size() <= bytes_max) {
    if (code == Z_STREAM_END) {
      if (bytes.empty()) return text;
      inflateReset(inflater.get());
    }
    const std::size_t before = text.size();
    text.resize(before + std::min(kStep, bytes_max + 1 - before));
    const std::size_t in = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
    inflater->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    inflater->avail_in = static_cast<uInt>(in);
    inflater->next_out = reinterpret_cast<Bytef*>(text.data() + before);
    inflater->avail_out = static_cast<uInt>(text.size() - before);
    code = inflate(inflater.get(), Z_NO_FLUSH);
    bytes.remove_prefix(in - inflater->avail_in);
    text.resize(text.size() - inflater->avail_out);
    // Without room or input it could not go on; there is always room.
    if (code == Z_BUF_ERROR) return Fail("gzip: unexpected end");
    if (code != Z_OK && code != Z_STREAM_END) {
      return Fail(std::string("gzip: ") + (inflater->msg != nullptr ? inflater->msg : "invalid"));
    }
  }
  return text;
}

}  // namespace tocsin::net
