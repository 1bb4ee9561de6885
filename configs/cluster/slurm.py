"""Workers of Dask in the queue of SLURM, for `alliance-abm batch EXPERIMENT --cluster ADDRESS`.

    python configs/cluster/slurm.py --jobs 20

prints the address of the scheduler, and keeps the workers until it is ended. Needs the extra
`cluster`. For PBS, SGE or LSF take PBSCluster, SGECluster or LSFCluster.
"""

from __future__ import annotations

import argparse
import time

from dask_jobqueue import SLURMCluster


def main() -> None:
    """Ask for workers and wait."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10, help="jobs of the queue")
    parser.add_argument("--cores", type=int, default=4, help="processes of each job")
    parser.add_argument("--walltime", default="04:00:00")
    given = parser.parse_args()
    cluster = SLURMCluster(
        cores=given.cores,
        processes=given.cores,
        memory=f"{given.cores}GB",
        walltime=given.walltime,
        job_extra_directives=["--requeue"],
        job_script_prologue=["export NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1"],
    )
    cluster.scale(jobs=given.jobs)
    print(cluster.scheduler_address, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
