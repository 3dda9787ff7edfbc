import type { ReactNode } from 'react';

export function Skeleton(): ReactNode {
  return (
    <div className="skeleton" role="status" aria-label="Loading todos">
      <span />
      <span />
      <span />
    </div>
  );
}
