#include "net/client_files.h"

#include "base/text.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::net {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> SystemFailure(const std::string& path) {
  const int code = errno;
  char text[128];
  return Fail("read " + path + ": " + strerror_r(code, text, sizeof(text)));
}

}  // namespace

Result<std::string> ReadClientFile(const std::string& path) {
  // Not blocking, so that a pipe without a writer cannot stop the thread.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return SystemFailure(path);
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return SystemFailure(path);
  if (!S_ISREG(info.st_mode)) return Fail("read " + path + ": not a regular file");

  std::string content;
  char block[16 * 1024];
  while (true) {
    const ssize_t count = read(file.get(), block, sizeof(block));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemFailure(path);
    if (count == 0) return content;
    content.append(block, static_cast<std::size_t>(count));
    if (content.size() > kClientFileBytesMax) return Fail("read " + path + ": larger than 1 MiB");
  }
}

Result<Secret> ReadSecretFile(const std::string& path) {
  Result<std::string> content = ReadClientFile(path);
  if (!content) return tl::unexpected(content.error());
  return Secret(std::string(TrimSpace(*content)));
}

Result<Secret> InlineOrFile(const Secret& inline_value, const std::string& path) {
  if (path.empty()) return inline_value;
  return ReadSecretFile(path);
}

Result<TlsMaterial> LoadTlsMaterial(const config::TlsConfig& config) {
  TlsMaterial material;
  material.ca = config.ca;
  material.cert = config.cert;
  std::string key = config.key.Reveal();
  struct Source {
    const std::string& path;
    std::string& content;
  };
  for (const Source& source :
       {Source{config.ca_file, material.ca}, Source{config.cert_file, material.cert},
        Source{config.key_file, key}}) {
    if (source.path.empty()) continue;
    Result<std::string> content = ReadClientFile(source.path);
    if (!content) return tl::unexpected(content.error());
    // While it is being written anew, say: no certificate is no reason to trust the system's roots.
    if (TrimSpace(*content).empty()) return Fail(source.path + ": the file is empty");
    source.content = std::move(*content);
  }
  material.key = Secret(std::move(key));
  material.server_name = config.server_name;
  material.insecure_skip_verify = config.insecure_skip_verify;
  material.min_version = config.min_version;
  material.max_version = config.max_version;
  return material;
}

}  // namespace tocsin::net
