package io.backpack.testing;

import io.backpack.api.PhotoStore;

class InMemoryPhotoStoreTest extends PhotoStoreContract {
  private final InMemoryPhotoStore store = new InMemoryPhotoStore(1, 32 << 20);

  @Override
  protected PhotoStore store() {
    return store;
  }
}
