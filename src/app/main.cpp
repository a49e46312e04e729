#include "app/application.hpp"

int main(int argc, char** argv) {
  weir::application app{"weir"};
  return app.run(argc, argv);
}
