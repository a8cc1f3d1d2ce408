# From elastic data to a result of CalculiX: a cube of the composite, pulled along axis 1 (cube.inp).
laminet train --data elastic.nc --model imn --depth 4 --epochs 300 --out own
laminet export --network own/network.nc --materials composite_2.yaml --composite composite_2 \
  --out ply.law --cards ply.inp --unit MPa

export LD_LIBRARY_PATH=$(python -c "import laminet; print(laminet.library_dir())")
export OMP_NUM_THREADS=2
ccx -i cube
cat cube.dat
